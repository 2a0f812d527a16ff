"""dbt on a Spark session of this process: SQL, Python models, and questions to Python.

It is dbt-spark's session method with what that lacks: models in Python, seeds in one
frame, the session's settings, Spark Connect, and errors in one sentence.
"""

from dbt.adapters.base import AdapterPlugin

from dbt.adapters.sparksession.connections import SparksessionCredentials
from dbt.adapters.sparksession.impl import SparksessionAdapter
from dbt.include import sparksession

__all__ = ["Plugin"]

Plugin = AdapterPlugin(
    adapter=SparksessionAdapter,
    credentials=SparksessionCredentials,
    include_path=sparksession.PACKAGE_PATH,
    dependencies=["spark"],
)
