"""What parallelism a job gets: `python -m tests.flink.parallelism_job INPUT`.

INPUT: JSON, submissions. Printed: JSON, the parallelism of each. A process of its own: PyFlink's gateway leaves sockets
open.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from jobs._submission import environment

if __name__ == "__main__":
    submissions = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(json.dumps([environment(one)[0].get_parallelism() for one in submissions]))
