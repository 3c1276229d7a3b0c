"""What developers run: the bench, soak campaigns, training and evaluation of models."""
