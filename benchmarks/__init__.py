"""What is measured. Each script runs both sides in one go and prints the ratio."""
