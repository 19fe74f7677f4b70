"""How cases and slides come in: files, the LIS (HL7, FHIR), the scanners (folders, DICOMweb)."""
