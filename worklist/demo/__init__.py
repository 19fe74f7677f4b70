"""The demo: a department that does not exist, its people, its cases over drawn slides, and two weeks of its days.

`start` begins a list, `department` says who works there and what comes in, `days` lives through it by the same acts
as people's and machines'.
"""
