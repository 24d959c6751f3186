"""Files of other programs read as sessions and workouts. Pure: text in, plain data and faults out."""
