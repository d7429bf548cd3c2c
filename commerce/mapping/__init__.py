"""A store's JSON records in, typed values and issues out. No Django, no I/O.

fields    the specification's tables as data
engine    map_record(): one record to one MappedRecord
mappings  FieldMappings: where a merchant says a field's value is
links     product_url(): the page of a product
preview   preview(): what a mapping would make of some records
values, money, dates, lists, attributes, text: the pure readers behind them
"""
