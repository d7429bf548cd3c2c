"""Staff pages of stores and what they hold. Acts go through the services."""

from commerce.admin import catalog, stores, sync_runs

__all__ = ["catalog", "stores", "sync_runs"]
