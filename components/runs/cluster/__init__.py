"""Runs on several machines that share a library on PostgreSQL."""

from components.library import Library
from components.library.db.dialects import is_postgresql
from components.runs.peers import FolderPeers, Peers
from components.settings import Settings


def peers_of(library: Library, settings: Settings) -> Peers:
    """Return the other processes of a library."""
    if is_postgresql(library.engine):
        from components.runs.cluster.peers import ClusterPeers  # its libraries take a while to import

        return ClusterPeers(library, settings)
    return FolderPeers(library, settings)
