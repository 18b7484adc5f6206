"""The bridge is killed between any two steps of its work, and started again."""
