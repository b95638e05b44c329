# SPDX-License-Identifier: LGPL-2.1-or-later
"""Gives each session of Glance's a connection to SQLite of its own, as SQLAlchemy did
before 2.0.

One that is kept for the next session may have a read open still: what began to read
before another thread wrote can't write itself, and the client is told HTTP 500,
"database is locked".
"""
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import NullPool

SQLiteDialect_pysqlite.get_pool_class = classmethod(lambda _dialect, _url: NullPool)
