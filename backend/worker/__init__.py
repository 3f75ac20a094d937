"""The worker: claims jobs and runs each as a child process."""
