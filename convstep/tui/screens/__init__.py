"""The screens, their bars and panels, and what keys do."""
