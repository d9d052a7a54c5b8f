using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace Holdfast.Agent.Api.Metrics;

/// <summary>One instrument and its values, one per combination of tags.</summary>
internal sealed class InstrumentSeries
{
    /// <summary>Bounds the memory when a tag turns out to have many values; what is beyond is put together under <c>overflow</c>.</summary>
    private const int MaxCombinations = 200;

    private static readonly double[] DefaultBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private readonly ConcurrentDictionary<string, SeriesValue> _values = new(StringComparer.Ordinal);
    private readonly Kind _kind;
    private readonly double[] _bounds;

    public InstrumentSeries(Instrument instrument)
    {
        _kind = KindOf(instrument.GetType());
        _bounds = _kind == Kind.Histogram ? BoundsOf(instrument) : [];
        Type = _kind switch { Kind.Sum or Kind.RunningTotal => "counter", Kind.Histogram => "histogram", _ => "gauge" };
        Name = NameOf(instrument, Type == "counter");
        Help = instrument.Description is { Length: > 0 } text ? text : instrument.Name;
    }

    private enum Kind { Sum, UpDownSum, RunningTotal, Last, Histogram }

    public string Name { get; }
    public string Type { get; }
    public string Help { get; }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = tags.IsEmpty ? "" : LabelsOf(tags);
        if (!_values.TryGetValue(labels, out var cell))
        {
            labels = _values.Count < MaxCombinations ? labels : "overflow=\"true\"";
            cell = _values.GetOrAdd(labels, _ => new SeriesValue(_bounds));
        }

        if (_kind is Kind.Last or Kind.RunningTotal)
        {
            cell.Set(value);
        }
        else
        {
            cell.Add(value);
        }
    }

    public void Write(PrometheusWriter writer)
    {
        foreach (var (labels, cell) in _values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (_kind == Kind.Histogram)
            {
                cell.WriteHistogram(writer, Name, labels);
            }
            else
            {
                writer.Sample(Name, labels, cell.Total);
            }
        }
    }

    private static Kind KindOf(Type type) => type.GetGenericTypeDefinition() switch
    {
        var generic when generic == typeof(Counter<>) => Kind.Sum,
        var generic when generic == typeof(UpDownCounter<>) => Kind.UpDownSum,
        var generic when generic == typeof(ObservableCounter<>) => Kind.RunningTotal,
        var generic when generic == typeof(Histogram<>) => Kind.Histogram,
        _ => Kind.Last,
    };

    private static double[] BoundsOf(Instrument instrument)
    {
        IEnumerable<double>? advised = instrument switch
        {
            Histogram<double> histogram => histogram.Advice?.HistogramBucketBoundaries,
            Histogram<long> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound),
            Histogram<int> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound),
            _ => null,
        };
        return advised is null ? DefaultBounds : [.. advised.Order()];
    }

    // holdfast.agent.loop.lateness in "s" becomes holdfast_agent_loop_lateness_seconds; counters end in _total.
    private static string NameOf(Instrument instrument, bool counter)
    {
        var name = Clean(instrument.Name.ToLowerInvariant());
        name = name.StartsWith("holdfast_", StringComparison.Ordinal) ? name : $"holdfast_{name}";
        var unit = instrument.Unit switch
        {
            null or "" or "1" => "",
            "s" => "seconds",
            "ms" => "milliseconds",
            "us" => "microseconds",
            "By" => "bytes",
            var other when other.StartsWith('{') => "",
            var other => Clean(other.ToLowerInvariant()),
        };
        name = counter && name.EndsWith("_total", StringComparison.Ordinal) ? name[..^"_total".Length] : name;
        name = unit.Length == 0 || name.EndsWith($"_{unit}", StringComparison.Ordinal) ? name : $"{name}_{unit}";
        return counter ? $"{name}_total" : name;
    }

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(PrometheusWriter.Labels((Clean(name), value?.ToString() ?? "")));
        }

        return text.ToString();
    }

    private static string Clean(string name) =>
        string.Concat(name.Select((letter, at) =>
            char.IsAsciiLetter(letter) || letter == '_' || (at > 0 && char.IsAsciiDigit(letter)) ? letter : '_'));
}
