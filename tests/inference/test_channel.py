"""Channels: bounded, closable, and never leaving a thread waiting."""

import threading

import pytest

from inference.channel import Channel, ClosedError


def test_items_come_out_in_the_order_they_went_in() -> None:
    channel: Channel[int] = Channel(3)
    for item in (1, 2, 3):
        channel.put(item)
    channel.close()
    assert list(channel) == [1, 2, 3]


def test_a_closed_channel_takes_nothing_more() -> None:
    channel: Channel[int] = Channel(1)
    channel.close()
    with pytest.raises(ClosedError):
        channel.put(1)


def test_put_waits_for_room_until_something_is_taken() -> None:
    channel: Channel[int] = Channel(1)
    channel.put(1)
    done = threading.Event()

    def put_another() -> None:
        channel.put(2)
        done.set()

    thread = threading.Thread(target=put_another)
    thread.start()
    assert not done.wait(0.05)
    assert channel.get() == 1
    assert done.wait(5)
    thread.join()
    assert channel.get() == 2


def test_abort_wakes_whoever_waits_and_drops_what_is_left() -> None:
    full: Channel[int] = Channel(1)
    full.put(1)
    empty: Channel[int] = Channel(1)
    ended = []

    def wait(action: object) -> None:
        with pytest.raises(ClosedError):
            action()  # type: ignore[operator]
        ended.append(1)

    threads = [threading.Thread(target=wait, args=(a,)) for a in (lambda: full.put(2), empty.get)]
    for thread in threads:
        thread.start()
    full.abort()
    empty.abort()
    for thread in threads:
        thread.join(5)
    assert len(ended) == 2
    assert list(full) == []


def test_idle_iteration_says_when_nothing_waits() -> None:
    channel: Channel[int] = Channel(4)
    channel.put(1)
    items = channel.with_idle()
    assert next(items) == 1
    assert next(items) is None
    channel.put(2)
    assert next(items) == 2
    channel.close()
    assert list(items) == []
