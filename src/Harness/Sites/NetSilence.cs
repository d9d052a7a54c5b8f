using System.Collections.Immutable;

namespace Holdfast.Harness.Sites;

/// <summary>Hosts from which we ourselves hear nothing, as from one without power, where even a refusal of a connection does not come.</summary>
public sealed partial class Net
{
    private ImmutableSortedSet<string> _silent = [];
    private bool _hasTable;

    /// <summary>Drops all that comes from a host to us, or lets it through again.</summary>
    public async Task SilenceAsync(string host, bool silent = true)
    {
        await _changing.WaitAsync();
        try
        {
            if (!_hasTable)
            {
                await Namespace.RunHereAsync(
                    ["nft", "-f", "-"], $"table inet {Table} {{\n  chain {Chain} {{\n    type filter hook input priority 0; policy accept;\n  }}\n}}\n");
                _hasTable = true;
            }

            _silent = silent ? _silent.Add(_hosts[host].Address) : _silent.Remove(_hosts[host].Address);
            await Namespace.RunHereAsync(
                ["nft", "-f", "-"],
                $"flush chain inet {Table} {Chain}\n" + string.Concat(_silent.Select(address => $"add rule inet {Table} {Chain} ip saddr {address} drop\n")));
        }
        finally
        {
            _changing.Release();
        }
    }

    private string Table => $"silence{_number}";
}
