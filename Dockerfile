# Serves the app to this machine alone. Everything that is measured, fetched or made is kept in the volume /store:
#   docker build -t landscape .
#   docker run --rm -p 127.0.0.1:8501:8501 -v landscape:/store -v "$PWD/models:/models:ro" landscape
FROM python:3.12-slim

# The build for CPUs: the default one brings gigabytes of CUDA. For a GPU, leave this line out and run with --gpus all.
RUN pip install --no-cache-dir "torch>=2.8" --index-url https://download.pytorch.org/whl/cpu

COPY . /source
RUN pip install --no-cache-dir /source && rm -r /source

RUN useradd --create-home landscape && install -d -o landscape /store
USER landscape
WORKDIR /models
ENV LANDSCAPE_STORE=/store/landscape.sqlite \
    LANDSCAPE_CACHE=/store/cache \
    XDG_CONFIG_HOME=/store/config \
    HF_HOME=/store/huggingface
VOLUME /store
EXPOSE 8501

# In here it listens on every address, and the port above is published on 127.0.0.1 only. It answers to "localhost".
CMD ["landscape", "ui", "--address", "0.0.0.0", "--port", "8501", "--no-browser"]
