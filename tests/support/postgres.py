"""A real PostgreSQL server for tests and benchmarks: its own data, a socket in its own folder, gone at the end.

`python -m tests.support.postgres` prints the one that will be used, and installs one where there is none.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import psycopg
from psycopg import sql

from tests.support.installing import install_debian, say

CHOICE: Final = "FORRANG_POSTGRES_BIN"
"""Environment variable that names the folder of PostgreSQL's programs."""
HELP: Final = f"""No PostgreSQL server for the tests, and none could be installed. Any of these mends it:
  sudo apt-get install postgresql       (Debian)
  {CHOICE}=/path/to/postgresql/bin make test"""

UNSAFE: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For speed, where nothing is tested that a power cut could spoil; its data then lie in memory, where there is room."""

_MEMORY: Final = Path("/dev/shm")
_ROOM_BYTES: Final = 2 << 30
"""Free memory that a server in memory is not to run out of; some containers have 64 MiB there."""

TEMPLATE: Final = "forrang_template"
"""The database that every test's own is copied from."""

_DANISH: Final = ("--locale=C", "--locale-provider=icu", "--icu-locale=da-DK")
"""Text sorts as in a Danish department's database, which is not the order of Python and SQLite."""
_USER: Final = "forrang"
_START_LIMIT_S: Final = 60
_STRATEGIES_SINCE: Final = 150000
"""The version of PostgreSQL since which there is more than one way to copy a database."""


class NoPostgresError(Exception):
    """No PostgreSQL server on this machine starts."""


def programs() -> Path:
    """The folder of initdb and postgres. Raises NoPostgresError with what to do where there is none."""
    if chosen := os.environ.get(CHOICE):
        places = [Path(chosen)]
    else:
        on_path = shutil.which("postgres")
        debians = Path("/usr/lib/postgresql").glob("*/bin")
        newest_first = sorted(debians, key=lambda place: float(place.parent.name), reverse=True)
        places = [*([Path(on_path).resolve().parent] if on_path else []), *newest_first]
    for place in places:
        if (place / "initdb").is_file() and (place / "postgres").is_file():
            return place
    raise NoPostgresError(HELP)


class PostgresServer:
    """One server with data of its own; `url` gives a database on it. Root lends it another user, as it refuses root."""

    def __init__(self, settings: dict[str, str] | None = None) -> None:
        """settings: PostgreSQL's own parameters beside its defaults. Raises NoPostgresError."""
        self._programs = programs()
        self._settings = settings or {}
        self._user = _plain_user()
        self._in_memory = settings is UNSAFE and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
        self._folder = Path(tempfile.mkdtemp(prefix="forrang-pg-", dir=_MEMORY if self._in_memory else None))
        if self._user:
            shutil.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        self._make_data()

    def __enter__(self) -> Self:
        try:
            self.start()
        except NoPostgresError:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def version(self) -> str:
        """As the server says it, such as 15.3."""
        with self._admin() as connection:
            return str(connection.info.parameter_status("server_version")).split()[0]

    def url(self, database: str = "postgres") -> str:
        """SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://{_USER}@/{database}?host={self._folder}"

    def start(self) -> None:
        """Starts the server, also on the data of one that was killed. Raises NoPostgresError."""
        settings = {"listen_addresses": "", "unix_socket_directories": str(self._folder), **self._settings}
        given = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        # The server ends with whoever started it, however that ends.
        tied = ["setpriv", "--pdeathsig", "QUIT"] if shutil.which("setpriv") else []
        with (self._folder / "log").open("ab") as log:
            self._process = self._start([*tied, str(self._programs / "postgres"), "-D", "data", *given], log)
        until = time.monotonic() + _START_LIMIT_S
        while time.monotonic() < until and self._process.poll() is None:
            try:
                self._admin().close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        told = (self._folder / "log").read_text("utf-8", "replace")[-2000:]
        raise NoPostgresError(f"PostgreSQL in {self._folder} did not start:\n{told}")

    def stop(self, how: int = 2) -> None:
        """Ends the server: 2 (SIGINT) rolls back and closes cleanly, 3 (SIGQUIT) and 9 (SIGKILL) are crashes."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_START_LIMIT_S)
            self._process = None

    def close(self) -> None:
        """Ends the server and takes its data away."""
        self.stop(how=3)
        shutil.rmtree(self._folder, ignore_errors=True)

    def template(self) -> str:
        """URL of the database that `fresh` copies; to be brought up to date before, and left by all."""
        with self._admin() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
        return self.url(TEMPLATE)

    def fresh(self, template: str = TEMPLATE) -> str:
        """URL of a new copy of the template; `template0` gives an empty database."""
        self._made += 1
        name = f"forrang_{self._made}"
        wanted = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        with self._admin() as connection:
            if self._in_memory and connection.info.server_version >= _STRATEGIES_SINCE:
                wanted += sql.SQL(" STRATEGY FILE_COPY")  # twice as fast there as through the log, and slower on a disk
            connection.execute(wanted)
        return self.url(name)

    def drop(self, url: str) -> None:
        """Takes away a database that `fresh` made, whoever still uses it."""
        name = url.partition("@/")[2].partition("?")[0]
        with self._admin() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _make_data(self) -> None:
        made = None
        for locale in (_DANISH, ("--locale=C",)):  # PostgreSQL before 15, or built without ICU, knows the second only
            made = self._run("initdb", "-D", "data", "-U", _USER, "--auth=trust", "-E", "UTF8", "--no-sync", *locale)
            if made.returncode == 0:
                return
        self.close()
        raise NoPostgresError(f"{HELP}\n{made.stdout.decode(errors='replace') if made else ''}")

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self._folder), user=_USER, dbname="postgres", autocommit=True)

    def _run(self, program: str, *words: str) -> subprocess.CompletedProcess[bytes]:
        process = self._start([str(self._programs / program), *words], subprocess.PIPE)
        told, _ = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, told)

    def _start(self, command: list[str], output: int | IO[bytes]) -> subprocess.Popen[bytes]:
        plain = self._user
        return subprocess.Popen(
            command,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=plain.pw_uid if plain else None,
            group=plain.pw_gid if plain else None,
            extra_groups=[] if plain else None,
            start_new_session=True,
        )


def _plain_user() -> pwd.struct_passwd | None:
    """The account that root lends the server; None where we are no root."""
    if os.geteuid() != 0:
        return None
    known = {account.pw_name: account for account in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return known[name]
    raise NoPostgresError("PostgreSQL refuses root, and here is no account `postgres` or `nobody` to run it as")


def working_server() -> str | None:
    """Version and folder of the server that the tests will use, None where none starts."""
    try:
        with PostgresServer(UNSAFE) as server:
            return f"PostgreSQL {server.version} in {programs()}"
    except NoPostgresError as error:
        say(str(error))
        return None


def main() -> int:
    """Brings a server where there is none. Exit status 1 where that failed."""
    found = working_server()
    if found is None and not os.environ.get(CHOICE):
        say("Installing one:")
        install_debian("postgresql")
        found = working_server()
    if found:
        say(f"database server for the tests: {found}")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
