"""One suite for every connector, on its sandbox twin and on a real peer: whatever fails, one operation outside."""
