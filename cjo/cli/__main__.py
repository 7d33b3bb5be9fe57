"""`python -m cjo.cli`."""

import sys

from cjo.cli.main import main

sys.exit(main())
