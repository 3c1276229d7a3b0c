"""Export of many sequences as one data set: plan, pictures and masks, manifest, contact sheet and data card."""
