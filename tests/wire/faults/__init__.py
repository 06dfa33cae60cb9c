"""Everything that can go wrong on the wire, each fault as an answer that a loopback server gives."""

from tests.wire.faults.bodies import BODIES
from tests.wire.faults.cells import CELLS, Cell, Fault, Section
from tests.wire.faults.images import IMAGES
from tests.wire.faults.refusals import REFUSALS
from tests.wire.faults.streams import STREAMS
from tests.wire.faults.texts import TEXTS
from tests.wire.faults.transport import TRANSPORT

SECTIONS: tuple[Section, ...] = (*REFUSALS, *TRANSPORT, *BODIES, *IMAGES, *STREAMS, *TEXTS)

__all__ = ["CELLS", "SECTIONS", "Cell", "Fault", "Section"]
