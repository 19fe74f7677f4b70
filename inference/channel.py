"""A bounded queue that can be closed: what the pipeline's threads hand work along."""

import threading
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class ClosedError(Exception):
    """The channel was closed: nothing more comes, or may be put."""


class Channel(Generic[T]):
    """Passes items between threads, at most `capacity` waiting at a time.

    `close` lets what waits be taken and then ends every reader; `abort` drops it and ends everybody at once.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._items: deque[T] = deque()
        self._closed = False
        self._changed = threading.Condition()

    def put(self, item: T) -> None:
        """Waits for room, then adds `item`. Raises ClosedError after `close` or `abort`."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._items) < self._capacity)
            if self._closed:
                raise ClosedError
            self._items.append(item)
            self._changed.notify_all()

    def get(self) -> T:
        """Waits for an item. Raises ClosedError once the channel is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._items)
            return self._pop()

    def poll(self) -> T | None:
        """An item if one waits, else None. Raises ClosedError once the channel is closed and empty."""
        with self._changed:
            return self._pop() if self._items or self._closed else None

    def __iter__(self) -> Iterator[T]:
        """Every item until the channel is closed and empty."""
        while True:
            try:
                item = self.get()
            except ClosedError:
                return
            yield item

    def with_idle(self) -> Iterator[T | None]:
        """Like iteration, but yields None once whenever nothing waits, before waiting for more."""
        while True:
            try:
                item = self.poll()
                if item is None:
                    yield None
                    item = self.get()
            except ClosedError:
                return
            yield item

    def close(self) -> None:
        """Says that nothing more will be put."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def abort(self) -> None:
        """Closes and drops what waits."""
        with self._changed:
            self._items.clear()
            self._closed = True
            self._changed.notify_all()

    def _pop(self) -> T:
        if not self._items:
            raise ClosedError
        item = self._items.popleft()
        self._changed.notify_all()
        return item
