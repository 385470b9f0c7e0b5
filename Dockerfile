FROM python:3.11-slim

COPY . /src
RUN pip install --no-cache-dir --constraint /src/constraints.txt '/src[docs,ics]'

# Nobody, by number: Kubernetes cannot tell of a name that it is not root.
USER 65534:65534

EXPOSE 8080
# http.client asks no proxy that the environment names. A large fixture file may take two minutes to load.
HEALTHCHECK --interval=3s --timeout=3s --retries=40 \
    CMD ["python", "-c", "from http.client import HTTPConnection; crm = HTTPConnection('127.0.0.1', 8080); crm.request('GET', '/health'); exit(crm.getresponse().status != 200)"]

CMD ["mockcrm", "serve", "--host", "0.0.0.0", "--port", "8080"]
