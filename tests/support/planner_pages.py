"""What stands on a page of the planner's."""

from streamlit.testing.v1 import AppTest


def said(app: AppTest) -> str:
    """All that it says, without Markdown's signs for plain text."""
    kinds = (app.markdown, app.caption, app.warning, app.error, app.success, app.info, app.subheader)
    blocks = [block.value for kind in kinds for block in kind] + [it.proto.body for it in app.get("html")]
    return "\n".join(blocks).replace("\\", "")
