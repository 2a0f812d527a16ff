"""dbt's connection to the session: there is one, and it is always open."""

from dataclasses import dataclass
from typing import Any

from dbt.adapters.contracts.connection import Connection, ConnectionState
from dbt.adapters.spark import SparkCredentials
from dbt.adapters.spark.connections import SparkConnectionManager
from dbt.adapters.spark.session import Connection as SessionConnection
from dbt.adapters.spark.session import Cursor, SessionConnectionWrapper

from dbt.adapters.sparksession.session import REMOTE, session, told

__all__ = ["SparksessionConnectionManager", "SparksessionCredentials"]

ANSI = "spark.sql.ansi.enabled"


@dataclass
class SparksessionCredentials(SparkCredentials):
    """The profile's entry: a schema, and Spark's settings."""

    method: Any = "session"
    host: str | None = "session"

    def __post_init__(self) -> None:
        """Keep the profile's word on ANSI, which dbt-spark turns off."""
        ansi = str(self.server_side_parameters.get(ANSI, "true")).lower()
        super().__post_init__()
        self.server_side_parameters[ANSI] = ansi

    @property
    def type(self) -> str:
        """Name the adapter."""
        return "sparksession"

    @property
    def unique_field(self) -> str:
        """Name what dbt connects to."""
        return self.server_side_parameters.get(REMOTE, "session")


class _Cursor(Cursor):
    """Runs SQL in the session of this process."""

    def execute(self, sql: str, *parameters: Any) -> None:
        if parameters:
            sql = sql % parameters
        with told():
            self._df = session(self.server_side_parameters).sql(sql)
        self._rows = None

    def fetchall(self) -> Any:
        with told():
            return super().fetchall()


class _Handle(SessionConnection):
    def cursor(self) -> _Cursor:
        return _Cursor(server_side_parameters=self.server_side_parameters)


class _Wrapper(SessionConnectionWrapper):
    def fetchmany(self, size: int) -> Any:
        """Give the first rows, which dbt asks of data tests."""
        return (self.fetchall() or [])[:size]


class SparksessionConnectionManager(SparkConnectionManager):
    """Opens connections that all lead to the one session."""

    TYPE = "sparksession"

    @classmethod
    def open(cls, connection: Connection) -> Connection:
        """Open a connection, which takes nothing: the session begins with a query."""
        if connection.state != ConnectionState.OPEN:
            settings = connection.credentials.server_side_parameters
            connection.handle = _Wrapper(_Handle(server_side_parameters=settings))
            connection.state = ConnectionState.OPEN
        return connection
