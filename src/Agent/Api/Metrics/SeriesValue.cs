namespace Holdfast.Agent.Api.Metrics;

/// <summary>The value of one series: a number, or the buckets of a histogram.</summary>
internal sealed class SeriesValue(double[] bounds)
{
    private readonly Lock _gate = new();
    private readonly long[] _buckets = new long[bounds.Length + 1];
    private double _total;

    public double Total
    {
        get
        {
            lock (_gate)
            {
                return _total;
            }
        }
    }

    public void Set(double value)
    {
        lock (_gate)
        {
            _total = value;
        }
    }

    public void Add(double value)
    {
        // The first bound that is not below the value; beyond all of them, the last bucket.
        var found = Array.BinarySearch(bounds, value);
        lock (_gate)
        {
            _total += value;
            _buckets[found >= 0 ? found : ~found]++;
        }
    }

    public void WriteHistogram(PrometheusWriter writer, string name, string labels)
    {
        long[] buckets;
        double sum;
        lock (_gate)
        {
            buckets = [.. _buckets];
            sum = _total;
        }

        var before = labels.Length == 0 ? "" : labels + ",";
        long count = 0;
        for (var at = 0; at < buckets.Length; at++)
        {
            count += buckets[at];
            var bound = at < bounds.Length ? bounds[at] : double.PositiveInfinity;
            writer.Sample($"{name}_bucket", $"{before}le=\"{PrometheusWriter.Number(bound)}\"", count);
        }

        writer.Sample($"{name}_sum", labels, sum);
        writer.Sample($"{name}_count", labels, count);
    }
}
