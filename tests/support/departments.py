"""Readers, a coordinator and a researcher, as the tests of reading name them."""

from tests.support.people import pathologist, person

ANNA, BO = pathologist("anna"), pathologist("bo")
CARL = person("carl", "coordinator")
RIE = person("rie", "researcher")
