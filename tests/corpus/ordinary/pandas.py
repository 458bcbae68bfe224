"""pandas objects by to_pickle, with every compression."""

import pickle

from case import case

VALUES = {
    "frame": "pandas.DataFrame({'a': [1, 2], 'b': [0.5, None], 'c': ['x', 'y'], 'd': [True, False]})", "frame-dates": "pandas.DataFrame({'t': pandas.date_range('2024-01-01', periods=3, tz='UTC'), 'n': pandas.date_range('2024', periods=3), 'd': pandas.to_timedelta([1, 2, 3], 'h')})",
    "frame-categorical": "pandas.DataFrame({'c': pandas.Categorical(['a', 'b', 'a'], ordered=True)})", "frame-nullable": "pandas.DataFrame({'i': pandas.array([1, None], dtype='Int64'), 'f': pandas.array([1.5, None], dtype='Float64'), 'b': pandas.array([True, None], dtype='boolean'), 's': pandas.array(['x', None], dtype='string')})",
    "frame-multi-index": "pandas.DataFrame({'v': [1, 2]}, index=pandas.MultiIndex.from_tuples([('a', 1), ('b', 2)], names=['x', 'y']))", "frame-period": "pandas.DataFrame({'p': pandas.period_range('2024-01', periods=2, freq='M')})", "frame-interval": "pandas.DataFrame({'i': pandas.cut([1, 5], [0, 3, 6])})", "frame-sparse": "pandas.DataFrame({'s': pandas.arrays.SparseArray([0, 0, 1])})", "frame-object": "pandas.DataFrame({'o': [{'a': 1}, [1, 2]]})",
    "frame-empty": "pandas.DataFrame()", "frame-mixed-columns": "pandas.DataFrame([[1, 'x']], columns=[('a', 1), 'b'])", "series": "pandas.Series([1.0, 2.0], name='v', index=['a', 'b'])", "series-text": "pandas.Series(['a', None])", "series-int8": "pandas.Series([1], dtype='int8')", "series-bytes": "pandas.Series([b'x'])", "range-index": "pandas.RangeIndex(5)", "index": "pandas.Index(['a', 'b'])", "index-int": "pandas.Index([1, 2])",
    "datetime-index": "pandas.date_range('2024', periods=3, freq='D')", "timedelta-index": "pandas.timedelta_range('1h', periods=2)", "period-index": "pandas.period_range('2024', periods=2, freq='Y')", "interval-index": "pandas.interval_range(0, 3)", "categorical-index": "pandas.CategoricalIndex(['a', 'b'])", "timestamp": "[pandas.Timestamp('2024-01-01', tz='Europe/Rome'), pandas.Timedelta('1h'), pandas.Period('2024-01'), pandas.NaT, pandas.NA, pandas.Interval(0, 1)]",
    "offsets": "[pandas.offsets.Day(2), pandas.offsets.MonthEnd(), pandas.offsets.BusinessDay(), pandas.DateOffset(months=1)]", "dtypes": "[pandas.CategoricalDtype(['a']), pandas.Int64Dtype(), pandas.StringDtype(), pandas.DatetimeTZDtype(tz='UTC'), pandas.PeriodDtype('M')]", "grouped": "dict(list(pandas.DataFrame({'a': [1, 1, 2], 'b': [1, 2, 3]}).groupby('a')))", "arrow": "pandas.DataFrame({'a': pandas.array(['x', None], dtype='string[pyarrow]')})", "arrow-int": "pandas.Series([1, None], dtype='int64[pyarrow]')",
}
for name, source in VALUES.items():

    @case(f"pandas/{name}", "pandas")
    def _(source=source):
        import pandas

        return pickle.dumps(eval(source, {"pandas": pandas}), 5)


for end in (".gz", ".bz2", ".xz", ".zip", ".zst", ".tar", ".tar.gz"):

    @case(f"pandas/compressed{end}", "pandas", file=f"frame.pkl{end}")
    def _(path, end=end):
        import pandas

        path.parent.mkdir(parents=True, exist_ok=True)
        pandas.DataFrame({"a": range(20), "b": ["x"] * 20}).to_pickle(path)


for version in range(6):

    @case(f"pandas/protocol-{version}", "pandas")
    def _(path, version=version):
        import pandas

        path.parent.mkdir(parents=True, exist_ok=True)
        pandas.DataFrame({"a": [1.5, 2], "b": ["x", "y"], "t": pandas.date_range("2024", periods=2)}).to_pickle(path, protocol=version)
