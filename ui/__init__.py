"""The web face: it shows and asks, and decides nothing.

`shell` holds what every page has (frame, language, badges), `access` says who the visitor is and what a route may give
them; the other rooms are the pages: `worklist`, `case` with its `viewer` and its `acts`, `planner`, `models`,
`operations`, `people`. Text stands in English in the code and in Danish in `locale`.
"""
