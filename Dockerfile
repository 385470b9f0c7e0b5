FROM python:3.11-slim

COPY . /src
# The libraries of the page are fetched on the way, with an npm that is gone when this ends: see hatch_build.py.
RUN pip install --no-cache-dir --constraint /src/constraints.txt '/src[docs,ics]'

# Nobody, by number: Kubernetes cannot tell of a name that it is not root.
USER 65534:65534

EXPOSE 8080
# Not in CMD: `mockcrm config` in the container is to know it, too.
ENV MOCKCRM_HOST=0.0.0.0
# http.client asks no proxy that the environment names. A large fixture file may take two minutes to load.
HEALTHCHECK --interval=3s --timeout=3s --start-period=2m --retries=3 \
    CMD ["python", "-c", "import os, ssl; from http.client import HTTPConnection, HTTPSConnection; at = ('127.0.0.1', 8080); tls = {'MOCKCRM_TLS', 'MOCKCRM_TLS_CERT'} & {*os.environ}; crm = HTTPSConnection(*at, context=ssl._create_unverified_context()) if tls else HTTPConnection(*at); crm.request('GET', '/health'); exit(crm.getresponse().status != 200)"]

CMD ["mockcrm", "serve", "--port", "8080"]
