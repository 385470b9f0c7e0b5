"""How Hypothesis runs here: these machines are noisy, so no example is judged by how long it takes."""

from hypothesis import settings

settings.register_profile("mockcrm", deadline=None)
settings.load_profile("mockcrm")
