using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Simulation.Exhaustive;

/// <summary>
/// Says of two states whether anything that matters tells them apart: then their keys differ. Revisions matter only as "still the newest" or not.
/// A key is a hash of 128 bits; it is made several times for every step, so nothing is written as text. Not for several threads.
/// </summary>
internal sealed class StateKeys
{
    private const int Nothing = -1;

    private readonly List<long> _words = new(256);
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<SyncRule, int> _rules = [];

    public UInt128 Of(GroupState state)
    {
        _words.Clear();
        Add(state.Keys, state.Keys);
        foreach (var (name, member) in state.Members)
        {
            Add(name);
            Add(member, state.Keys);
        }

        _words.Add(state.Acknowledged.Length);
        foreach (var (entry, epoch) in state.Acknowledged)
        {
            _words.Add(entry);
            _words.Add(epoch);
        }

        _words.Add(state.Commits);
        _words.Add(state.ServerCrashes);
        _words.Add(state.AgentCrashes);

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_words)), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    private void Add(MemberState member, SharedKeys newest)
    {
        _words.Add(Flags(member.Up, member.GateOpen, member.RecordInDoubt, member.PromiseInDoubt, member.Memory.WasPrimary, member.Picture is not null));
        _words.Add((int)member.Role);
        _words.Add(member.Timeline);
        Add(member.Upstream);
        Add(member.Sync);
        _words.Add(member.PrimaryEpoch);
        _words.Add(member.HandsOverEpoch);
        _words.Add(member.Log.Length);
        foreach (var entry in member.Log)
        {
            _words.Add(entry);
        }

        _words.Add(member.History.Length);
        foreach (var start in member.History)
        {
            _words.Add(start.Timeline);
            Add(start.Fork);
        }

        Add(member.Memory);
        if (member.Picture is { } picture)
        {
            Add(picture, newest);
        }
    }

    private void Add(MemberMemory memory)
    {
        _words.Add(memory.Epoch);
        _words.Add(memory.LogEpoch);
        // Whatever it says of a divergence: it has no more than a few values within a scope.
        Add(memory.Divergence?.ToString());
    }

    private void Add(SharedKeys keys, SharedKeys newest)
    {
        var record = keys.Record;
        _words.Add(Flags(keys.Revision == newest.Revision));
        _words.Add(record.Epoch);
        Add(record.Primary);
        Add(record.Sync);
        _words.Add((int)record.Mode);
        Add(keys.LeaseHolder);
        _words.Add(record.Lineage.Length);
        foreach (var entry in record.Lineage)
        {
            _words.Add(entry.Epoch);
            _words.Add(entry.Timeline is { } timeline ? timeline : Nothing);
            Add(entry.Fork);
        }

        _words.Add(keys.Promises.Count);
        foreach (var (name, promise) in keys.Promises)
        {
            Add(name);
            _words.Add(Flags(newest.Promises.TryGetValue(name, out var now) && now.Revision == promise.Revision));
            _words.Add(promise.Epoch);
            _words.Add(promise.Position.Timeline);
            Add(promise.Position.Lsn);
        }
    }

    private void Add(Lsn lsn) => _words.Add(unchecked((long)lsn.Value));
    private void Add(string? name) => _words.Add(name is null ? Nothing : Number(_names, name));
    private void Add(SyncRule rule) => _words.Add(Number(_rules, rule));

    private static int Number<T>(Dictionary<T, int> numbers, T value) where T : notnull
    {
        if (!numbers.TryGetValue(value, out var number))
        {
            number = numbers.Count;
            numbers.Add(value, number);
        }

        return number;
    }

    private static long Flags(params ReadOnlySpan<bool> flags)
    {
        long bits = 0;
        foreach (var flag in flags)
        {
            bits = (bits << 1) | (flag ? 1L : 0);
        }

        return bits;
    }
}
