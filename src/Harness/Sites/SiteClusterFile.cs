using System.Text;
using Holdfast.Harness.Etcd;
using Holdfast.Harness.Members;

namespace Holdfast.Harness.Sites;

/// <summary>The text of <c>holdfast.yaml</c> for two sites and a witness.</summary>
internal static class SiteClusterFile
{
    public static string Text(SiteCluster cluster)
    {
        var text = new StringBuilder();
        text.AppendLine("system: test");
        text.AppendLine("coordination:");
        if (cluster.Local.Count == 0)
        {
            text.AppendLine($"  {Servers(cluster.Global)}");
        }
        else
        {
            text.AppendLine($"  global: {{ {Servers(cluster.Global)} }}");
            text.AppendLine("  local:");
            foreach (var (site, etcd) in cluster.Local)
            {
                text.AppendLine($"    {site}: {{ {Servers(etcd)} }}");
            }
        }

        var tls = cluster.Certificates;
        text.AppendLine("security:");
        text.AppendLine($"  token: \"file:{cluster.TokenFile}\"");
        text.AppendLine($"  tls: {{ certificate: \"{tls.ServerFile}\", key: \"{tls.ServerKeyFile}\", ca: \"{tls.CaFile}\" }}");
        text.AppendLine("sites:");
        foreach (var site in cluster.Options.Sites)
        {
            text.AppendLine($"  {site}: {{}}");
        }

        text.AppendLine($"  {cluster.Options.Witness}: {{ witness: true }}");
        text.AppendLine("stores:");
        foreach (var store in cluster.Stores)
        {
            Append(text, cluster, store);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, SiteCluster cluster, SiteStore store)
    {
        var options = store.Options;
        text.AppendLine($"  {store.Name}:");
        text.AppendLine($"    kind: {options.Kind}");
        text.AppendLine("    objectives:");
        text.AppendLine($"      host-loss: {{ rpo: {options.HostRpo}, rto: 30s }}");
        if (options.DeclaredSite is null)
        {
            text.AppendLine(
                $"      site-loss: {{ rpo: {options.SiteRpo}, rto: {options.SiteRto}{(options.EnforceRpo ? ", enforce-rpo: true" : "")} }}");
            text.AppendLine($"    isolation: {options.Isolation}");
            text.AppendLine($"    site-failover: {options.SiteFailover}");
            text.AppendLine($"    preferred-site: {store.FirstSite}");
            if (!options.SiteLink.IsEmpty)
            {
                text.AppendLine($"    site-link: {{ {Pairs(options.SiteLink)} }}");
            }
        }

        if (options.Unprotected is { } unprotected)
        {
            text.AppendLine($"    unprotected: {unprotected}");
        }

        foreach (var line in options.Further)
        {
            text.AppendLine($"    {line}");
        }

        text.AppendLine($"    timing: {{ {Pairs(options.DeclaredSite is null ? options.Timing : options.Timing.Remove("site-lease"))} }}");
        AppendEngine(text, cluster, options);
        text.AppendLine("    members:");
        foreach (var member in store.Members)
        {
            var address = member.Place.Address;
            text.AppendLine(
                $"      {member.Name}: {{ site: {options.DeclaredSite ?? store.SiteOf(member)}, address: \"{address}:{member.Port}\", " +
                $"agent: \"{address}:{member.AgentPort}\", data: \"{member.Data}\" }}");
        }
    }

    private static void AppendEngine(StringBuilder text, SiteCluster cluster, SiteStoreOptions options)
    {
        if (options.Kind == GroupOptions.PostgreSql)
        {
            text.AppendLine("    postgresql:");
            text.AppendLine($"      client-authentication: [\"host {RowTable.Name} {RowTable.Name} {cluster.Net.Range} scram-sha-256\"]");
            text.AppendLine($"      parameters: {{ {Pairs(options.Parameters)} }}");
            foreach (var line in options.FurtherPostgreSql)
            {
                text.AppendLine($"      {line}");
            }
        }
        else
        {
            text.AppendLine("    redis:");
            text.AppendLine($"      password: \"file:{KeyStore.PasswordFile(Path.GetDirectoryName(cluster.SystemFile)!)}\"");
            text.AppendLine($"      settings: {{ {Pairs(options.Parameters)} }}");
        }
    }

    private static string Servers(EtcdCluster etcd) =>
        $"etcd: [{string.Join(", ", etcd.Endpoints.Select(uri => $"\"{uri.GetLeftPart(UriPartial.Authority)}\""))}]";

    private static string Pairs(IEnumerable<KeyValuePair<string, string>> pairs) =>
        string.Join(", ", pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}: \"{pair.Value}\""));
}
