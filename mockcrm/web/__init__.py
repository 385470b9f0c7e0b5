"""HTTP, and nothing of it elsewhere: Flask's hooks, and the views of both mounts."""
