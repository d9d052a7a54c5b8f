using System.Collections.Immutable;
using Holdfast.Core.Failover;

namespace Holdfast.Core.Tests.Scenarios;

internal sealed partial class Told
{
    private CoordinationView Coordination()
    {
        var view = Record(new CoordinationView { Reachable = true }) with { Request = Request() };
        foreach (var words in Clauses("coordination"))
        {
            view = words.Take("reachable") ? view
                : words.Take("away for") ? view with { Reachable = false, UnreachableFor = words.Span() }
                : words.Take("a record write is in doubt") ? view with { RecordInDoubt = true }
                : words.Take("a promise is in doubt") ? view with { PromiseInDoubt = true }
                : words.Take("somebody holds the lease") ? view with { PrimaryLeaseExists = true }
                : throw new FormatException($"'{words.Rest()}' is not said of coordination");
            words.End();
        }

        var promises = About("promise").Where(said => said.Text != "none").Select(said => Promise(said.Member, said.Text, view.Record));
        return view with { Promises = promises.ToImmutableSortedDictionary(promise => promise.Member, promise => promise, StringComparer.Ordinal) };
    }

    private CoordinationView Record(CoordinationView view)
    {
        var text = _said.GetValueOrDefault("record") ?? "not read yet";
        var first = new Words(text);
        if (first.Take("not read yet"))
        {
            return view with { State = RecordState.Unknown };
        }

        if (first.Take("none"))
        {
            return view with { State = RecordState.Absent };
        }

        if (first.Take("unreadable"))
        {
            return view with { State = RecordState.Unreadable, Problem = first.Rest() };
        }

        var record = new GroupRecord { Epoch = 0, Primary = "", SystemId = "S" };
        ProtectionMode? mode = null;
        foreach (var words in Clauses("record"))
        {
            record = words.Take("epoch") ? record with { Epoch = words.Number("an epoch") }
                : words.Take("primary") ? record with { Primary = words.Next("a member") }
                : words.Take("sync") ? record with { Sync = words.Rule() }
                : words.Take("lineage") ? record with { Lineage = [.. words.Rest().Split(' ').Select(Entry)] }
                : words.Take("system") ? record with { SystemId = words.Next("a system identifier") }
                : words.Take("being born") ? record with { SystemId = null }
                : words.Take("restored in") ? record with { RestoredIn = words.Number("an epoch") }
                : words.Take("restoring after sync") ? record with
                {
                    SystemId = null,
                    Restore = new StoreRestore(
                        new RestoreAim(RestoreKind.Name, "p", "B", 1, 1), "S", words.Rule(), ProtectionMode.ZeroLoss),
                }
                : words.Take("paused") ? record with { Paused = true }
                : words.Take("stops for") ? record with { StopsFor = words.Number("a move's number") }
                : words.Take("stamp") ? record with { Stamp = words.Number("a stamp") }
                : words.Take("mode lease") ? record with { Mode = (ProtectionMode)(mode = ProtectionMode.Lease) }
                : words.Take("mode passive") ? record with { Mode = (ProtectionMode)(mode = ProtectionMode.Passive) }
                : throw new FormatException($"'{words.Rest()}' is not said of a record");
            words.End();
        }

        if (record.Epoch == 0 || record.Primary.Length == 0)
        {
            throw new FormatException("a record has at least 'epoch N' and 'primary NAME'");
        }

        return view with
        {
            State = RecordState.Present,
            Record = record with { Mode = mode ?? (record.Sync.Protects ? ProtectionMode.ZeroLoss : ProtectionMode.Unprotected) },
        };
    }

    /// <summary><c>3:2@0/500</c>, or <c>3:?@0/500</c> while the timeline is not known.</summary>
    private static LineageEntry Entry(string word)
    {
        var parts = word.Split(':', '@');
        return parts.Length == 3 && long.TryParse(parts[0], out var epoch) && (parts[1] == "?" || uint.TryParse(parts[1], out _))
            ? new LineageEntry(epoch, parts[1] == "?" ? null : uint.Parse(parts[1]), Lsn.Parse(parts[2]))
            : throw new FormatException($"'{word}' is not a lineage entry such as 3:2@0/500 (epoch:timeline@fork)");
    }

    private static Promise Promise(string member, string text, GroupRecord? record)
    {
        var words = new Words(text);
        var promise = new Promise((record?.Epoch ?? 0) + 1, member, words.Position(), 10 + (member[0] - 'a'));
        promise = words.Take("epoch") ? promise with { Epoch = words.Number("an epoch") } : promise;
        words.End();
        return promise;
    }
}
