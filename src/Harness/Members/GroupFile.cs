using System.Text;

namespace Holdfast.Harness.Members;

/// <summary>The text of <c>holdfast.yaml</c> for a group on loopback.</summary>
internal static class GroupFile
{
    public static string Text(GroupOptions options, IEnumerable<Uri> etcd, string tokenFile, IEnumerable<MemberHost> hosts)
    {
        var text = new StringBuilder();
        text.AppendLine("system: test");
        text.AppendLine("coordination:");
        text.AppendLine($"  etcd: [{string.Join(", ", etcd.Select(uri => $"\"{uri.GetLeftPart(UriPartial.Authority)}\""))}]");
        foreach (var line in options.Coordination)
        {
            text.AppendLine($"  {line}");
        }

        text.AppendLine($"security: {{ token: \"file:{tokenFile}\" }}");
        text.AppendLine("sites: { home: {} }");
        text.AppendLine("stores:");
        return text.Append(Store(options, "orders", tokenFile, hosts)).ToString();
    }

    /// <summary>One store of it, at the end of the file.</summary>
    public static string Store(GroupOptions options, string name, string tokenFile, IEnumerable<MemberHost> hosts)
    {
        var text = new StringBuilder();
        text.AppendLine($"  {name}:");
        text.AppendLine($"    kind: {options.Kind}");
        text.AppendLine($"    objectives: {{ host-loss: {{ rpo: {options.Rpo}, rto: 30s }} }}");
        if (options.Unprotected is { } unprotected)
        {
            text.AppendLine($"    unprotected: {unprotected}");
        }

        text.AppendLine($"    timing: {{ {Pairs(options.Timing)} }}");
        if (!options.Gate.IsEmpty)
        {
            text.AppendLine($"    gate: {{ {Pairs(options.Gate.Where(pair => pair.Key != "max-connections"))}" +
                $"{(options.Gate.TryGetValue("max-connections", out var most) ? $", max-connections: {most}" : "")} }}");
        }

        foreach (var line in options.Store)
        {
            text.AppendLine($"    {line.Replace("FOLDER", Path.GetDirectoryName(tokenFile), StringComparison.Ordinal)}");
        }

        WriteEngine(text, options, tokenFile);
        text.AppendLine("    members:");
        foreach (var host in hosts)
        {
            text.AppendLine(
                $"      {host.Name}: {{ site: home, address: \"127.0.0.1:{host.Port}\", agent: \"127.0.0.1:{host.AgentPort}\", data: \"{host.Data}\" }}");
        }

        return text.ToString();
    }

    private static void WriteEngine(StringBuilder text, GroupOptions options, string tokenFile)
    {
        if (options.Kind == GroupOptions.PostgreSql)
        {
            text.AppendLine("    postgresql:");
            text.AppendLine($"      client-authentication: [\"host {RowTable.Name} {RowTable.Name} 127.0.0.1/32 scram-sha-256\"]");
            text.AppendLine($"      parameters: {{ {Pairs(options.Parameters)} }}");
        }
        else
        {
            text.AppendLine("    redis:");
            text.AppendLine($"      password: \"file:{KeyStore.PasswordFile(Path.GetDirectoryName(tokenFile)!)}\"");
            text.AppendLine($"      settings: {{ {Pairs(options.Parameters)} }}");
        }

        if (options.Bin is { } bin)
        {
            text.AppendLine($"      bin: \"{bin}\"");
        }
    }

    private static string Pairs(IEnumerable<KeyValuePair<string, string>> pairs) =>
        string.Join(", ", pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}: \"{pair.Value}\""));
}
