"""Sheets (CSV, TSV, workbooks): tables, layouts, and rows as documents."""
