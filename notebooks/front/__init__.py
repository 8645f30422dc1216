"""The front chart: exact points, ranges that are brushed, the point that is picked."""
