using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.Agent.Api.Probe;

/// <summary>What arrived and when, so that the rate can be told without the time in which a connection finds its speed.</summary>
internal sealed class Arrivals(TimeProvider time)
{
    /// <summary>Of the time: a connection begins slowly.</summary>
    private const double NotCounted = 0.25;
    /// <summary>Bounds what is kept, whatever the rate.</summary>
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(2);

    private readonly List<(TimeSpan At, long Bytes)> _marks = [];
    private long _begun;

    public long Bytes { get; private set; }

    public void Add(long bytes)
    {
        if (_marks.Count == 0)
        {
            _begun = time.GetTimestamp();
        }

        Bytes += bytes;
        var at = time.GetElapsedTime(_begun);
        if (_marks.Count > 1 && at - _marks[^2].At < Apart)
        {
            _marks[^1] = (at, Bytes); // The newest is always the last.
        }
        else
        {
            _marks.Add((at, Bytes));
        }
    }

    /// <returns>Null: it came all at once, which is no rate.</returns>
    public SinkAnswer? Answer()
    {
        if (_marks.Count < 2 || _marks[^1].At <= TimeSpan.Zero)
        {
            return null;
        }

        var end = _marks[^1];
        var from = end.At * NotCounted;
        var after = _marks.FindIndex(mark => mark.At >= from);
        var (before, next) = after == 0 ? (_marks[0], _marks[0]) : (_marks[after - 1], _marks[after]);
        var share = next.At > before.At ? (from - before.At) / (next.At - before.At) : 0;
        var counted = end.Bytes - (before.Bytes + (share * (next.Bytes - before.Bytes)));
        return new SinkAnswer(end.Bytes, end.At.TotalSeconds, counted / (end.At - from).TotalSeconds);
    }
}

/// <summary>The answer of <c>POST /v1/probe/sink</c>: what arrived.</summary>
/// <param name="Seconds">From the first byte to the last.</param>
/// <param name="BytesPerSecond">Without the first quarter of that time.</param>
internal sealed record SinkAnswer(long Bytes, double Seconds, double BytesPerSecond);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(SinkAnswer))]
internal sealed partial class SinkJson : JsonSerializerContext;
