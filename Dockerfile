# For instructors on macOS and Windows: see SECURITY.md. Build in the repository's root.
FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends bubblewrap && rm -rf /var/lib/apt/lists/*
WORKDIR /kit
COPY requirements.txt pyproject.toml setup.py README.md LICENSE ./
RUN pip install --no-cache-dir -r requirements.txt
COPY autograder autograder
RUN pip install --no-cache-dir --no-deps .
WORKDIR /course
CMD ["nbgrader", "autograde", "residual_networks"]
