"""`python -m benchmarks quick`: has a change slowed something?

Each row is the processor time of one hot path, as a ratio to that of a floor in the same process. Rows use what every
revision has, HTTP and the command line, so that two revisions can be measured in one run.
"""
