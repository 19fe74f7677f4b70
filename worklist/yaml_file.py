"""Files of settings in YAML, read whole or refused with the file, the field and what is wrong with it."""

from collections.abc import Callable
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from worklist.errors import WorklistError

Read = TypeVar("Read")


def read_yaml(
    source: Path | Traversable,
    read: Callable[[object], Read],
    *,
    what: str,
    mend: str,
    error: type[WorklistError],
) -> Read:
    """What `read` makes of the file's content.

    what: kind of file, such as "policy file". mend: what to do where it cannot be opened. Raises `error`.
    """
    try:
        return read(yaml.safe_load(source.read_text(encoding="utf-8")))
    except OSError as fault:
        raise error(f"{what} {source}: {fault.strerror}; {mend}") from fault
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise error(f"{what} {source}: not YAML in UTF-8: {fault}") from fault
    except ValidationError as fault:
        faults = [f"{'.'.join(str(part) for part in it['loc']) or 'file'}: {it['msg']}" for it in fault.errors()]
        raise error(f"{what} {source}: {'; '.join(faults)}") from fault
