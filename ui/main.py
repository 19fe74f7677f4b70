"""What Streamlit runs for every visitor: the frame, and in it the page that was asked for."""

from ui.frame import show

show()
