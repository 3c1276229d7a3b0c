"""The scripts that users run; tool/dev holds those of developers."""
