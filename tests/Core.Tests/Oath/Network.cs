namespace Holdfast.Core.Tests.Oath;

/// <summary>Who can talk to whom, and which host stands still.</summary>
internal sealed class Network
{
    public const string Coordination = "coordination";
    private readonly Dictionary<string, long> _frozenUntil = new(StringComparer.Ordinal);
    private readonly HashSet<(string, string)> _cut = [];

    public bool CoordinationDown { get; set; }

    public long FrozenUntil(string host) => _frozenUntil.GetValueOrDefault(host);
    public void Freeze(string host, long until) => _frozenUntil[host] = Math.Max(until, FrozenUntil(host));
    public void Cut(string one, string other) => _cut.Add(Pair(one, other));
    public void Heal() => _cut.Clear();
    public bool Connects(string one, string other) => !_cut.Contains(Pair(one, other));
    public bool ReachesCoordination(string host) => !CoordinationDown && Connects(host, Coordination);

    private static (string, string) Pair(string one, string other) => string.CompareOrdinal(one, other) < 0 ? (one, other) : (other, one);
}
