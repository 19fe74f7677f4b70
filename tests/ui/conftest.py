"""What every test of a page needs."""

from collections.abc import Iterator

import pytest
from streamlit.config import get_option, set_option


@pytest.fixture(autouse=True)
def _faults_are_told_whole() -> Iterator[None]:
    """The app hides them from visitors; tests read them, whatever a test before set the app's options to."""
    before = get_option("client.showErrorDetails")
    set_option("client.showErrorDetails", "full")
    yield
    set_option("client.showErrorDetails", before)
