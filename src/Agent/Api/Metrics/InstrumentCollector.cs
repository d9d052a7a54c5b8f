using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Holdfast.Agent.Api.Metrics;

/// <summary>
/// Collects every instrument of the meter "Holdfast", so that other parts only create instruments and know nothing of an exporter.
/// Recording is a lookup and a short lock; it may happen on any thread.
/// </summary>
internal sealed class InstrumentCollector : IDisposable
{
    public const string MeterName = "Holdfast";

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, InstrumentSeries> _instruments = new();

    public InstrumentCollector()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == MeterName)
            {
                listener.EnableMeasurementEvents(instrument, _instruments.GetOrAdd(instrument, made => new InstrumentSeries(made)));
            }
        };
        _listener.MeasurementsCompleted = (instrument, _) => _instruments.TryRemove(instrument, out var _);
        Listen<byte>(value => value);
        Listen<short>(value => value);
        Listen<int>(value => value);
        Listen<long>(value => value);
        Listen<float>(value => value);
        Listen<double>(value => value);
        Listen<decimal>(value => (double)value);
        _listener.Start();
    }

    /// <summary>Asks the observable instruments, then writes all. Instruments of one name are one family.</summary>
    public void Write(PrometheusWriter writer)
    {
        _listener.RecordObservableInstruments();
        var families = _instruments.Values.GroupBy(series => series.Name, StringComparer.Ordinal);
        foreach (var family in families.OrderBy(family => family.Key, StringComparer.Ordinal))
        {
            var first = family.First();
            writer.Family(first.Name, first.Type, first.Help);
            foreach (var series in family)
            {
                series.Write(writer);
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Listen<T>(Func<T, double> convert) where T : struct =>
        _listener.SetMeasurementEventCallback<T>((_, value, tags, state) => ((InstrumentSeries)state!).Record(convert(value), tags));
}
