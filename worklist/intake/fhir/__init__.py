"""Orders and specimens as FHIR R4 and R5 resources in, and the list as FHIR Tasks out."""
