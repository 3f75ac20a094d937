"""Where jobs run: as child processes of the worker."""
