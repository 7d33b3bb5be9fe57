"""The deliverer: reads action topics, carries actions out, and reports what became of each to the log.

What decides (`desk`, `gate`, `intake`, `offsets`) knows neither clock nor socket; `service` runs it; `carriers` do the
work; `journal` remembers outcomes across restarts.
"""
