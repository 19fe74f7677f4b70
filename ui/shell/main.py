"""What Streamlit runs for every visitor: the frame, and in it the page that was asked for."""

from ui.shell.frame import show

show()
