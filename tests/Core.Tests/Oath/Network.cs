namespace Holdfast.Core.Tests.Oath;

/// <summary>Who can talk to whom, and which host stands still.</summary>
internal sealed class Network
{
    public const string Coordination = "coordination";
    private readonly Dictionary<string, long> _frozenUntil = new(StringComparer.Ordinal);
    private readonly HashSet<(string From, string To)> _cut = [];
    private readonly HashSet<string> _down = new(StringComparer.Ordinal);

    public long FrozenUntil(string host) => _frozenUntil.GetValueOrDefault(host);
    public void Freeze(string host, long until) => _frozenUntil[host] = Math.Max(until, FrozenUntil(host));

    public void Cut(string one, string other)
    {
        CutOneWay(one, other);
        CutOneWay(other, one);
    }

    public void CutOneWay(string from, string to) => _cut.Add((from, to));
    public void Mend(string from, string to) => _cut.Remove((from, to));
    public void Heal() => _cut.Clear();
    /// <summary>What goes only one way gets there.</summary>
    public bool Delivers(string from, string to) => !_cut.Contains((from, to));
    /// <summary>A connection, which needs both directions.</summary>
    public bool Connects(string one, string other) => Delivers(one, other) && Delivers(other, one);

    public void SetDown(string host, bool down)
    {
        _ = down ? _down.Add(host) : _down.Remove(host);
    }

    public bool IsDown(string host) => _down.Contains(host);
}
