import unittest
class Case(unittest.TestCase):
    pass
