using System.Buffers.Binary;
using System.Text;

namespace Pggan.Model.Tests;

/// <summary>What a pickle makes by calling something: its class or function, arguments, state and items.</summary>
internal sealed record Made(string Callee, object?[] Arguments)
{
    public object? State { get; set; }

    public List<(string Key, object? Value)> Items { get; } = [];

    /// <summary>Names of the attributes or items in order.</summary>
    public IEnumerable<string> Keys => (State as Dictionary<string, object?>)?.Keys ?? Items.Select(i => i.Key);

    public object? this[string key] => State is Dictionary<string, object?> state ? state[key] : Items.Single(i => i.Key == key).Value;
}

/// <summary>Reads pickles of Python itself and of ours, as far as networks need it, and calls nothing.</summary>
internal static class PlainPickle
{
    private static readonly object Mark = new();

    /// <summary>The value: numbers, texts, bytes, arrays for tuples, lists, dictionaries, <see cref="Made"/>.</summary>
    public static object? Read(byte[] pickle)
    {
        int at = 0;
        List<object?> stack = [];
        Dictionary<int, object?> memory = [];
        while (true)
        {
            byte op = pickle[at++];
            switch (op)
            {
                case 0x80: at++; break;
                case 0x95: at += 8; break;
                case 0x94: memory[memory.Count] = stack[^1]; break;
                case (byte)'q': memory[pickle[at++]] = stack[^1]; break;
                case (byte)'r': memory[Int32()] = stack[^1]; break;
                case (byte)'h': Push(memory[pickle[at++]]); break;
                case (byte)'j': Push(memory[Int32()]); break;
                case (byte)'(': Push(Mark); break;
                case (byte)')': Push(Array.Empty<object?>()); break;
                case (byte)'t': Push(FromMark()); break;
                case 0x85 or 0x86 or 0x87: Push(Pop(op - 0x84)); break;
                case (byte)']': Push(new List<object?>()); break;
                case (byte)'e':
                    {
                        object?[] items = FromMark();
                        ((List<object?>)stack[^1]!).AddRange(items);
                        break;
                    }
                case (byte)'}': Push(new Dictionary<string, object?>()); break;
                case (byte)'s': SetItems(Pop(2)); break;
                case (byte)'u': SetItems(FromMark()); break;
                case (byte)'N': Push(null); break;
                case 0x88 or 0x89: Push(op == 0x88); break;
                case (byte)'K': Push((long)pickle[at++]); break;
                case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
                case (byte)'J': Push((long)Int32()); break;
                case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
                case (byte)'X': Push(Encoding.UTF8.GetString(Take(Int32()))); break;
                case 0x8c: Push(Encoding.UTF8.GetString(Take(pickle[at++]))); break;
                case (byte)'B': Push(Take(Int32()).ToArray()); break;
                case (byte)'C': Push(Take(pickle[at++]).ToArray()); break;
                case (byte)'c': Push($"{Line()}.{Line()}"); break;
                case 0x93: Push(string.Join('.', Pop(2))); break;
                case 0x81 or (byte)'R':
                    {
                        object?[] call = Pop(2);
                        Push(new Made((string)call[0]!, (object?[])call[1]!));
                        break;
                    }
                case (byte)'Q': Push(new Made("persistent", (object?[])Pop(1)[0]!)); break;
                case (byte)'b':
                    {
                        object? state = Pop(1)[0];
                        ((Made)stack[^1]!).State ??= state;
                        break;
                    }
                case (byte)'.':
                    Assert.Equal(pickle.Length, at);
                    return Assert.Single(stack);
                default: throw new InvalidDataException($"operation {op} at {at - 1}");
            }
        }

        void Push(object? value) => stack.Add(value);

        object?[] Pop(int count)
        {
            object?[] values = [.. stack[^count..]];
            stack.RemoveRange(stack.Count - count, count);
            return values;
        }

        object?[] FromMark()
        {
            object?[] values = Pop(stack.Count - 1 - stack.LastIndexOf(Mark));
            Pop(1);
            return values;
        }

        void SetItems(object?[] pairs)
        {
            foreach (object?[] pair in pairs.Chunk(2))
            {
                if (stack[^1] is Made made)
                    made.Items.Add(((string)pair[0]!, pair[1]));
                else
                    ((Dictionary<string, object?>)stack[^1]!)[(string)pair[0]!] = pair[1];
            }
        }

        ReadOnlySpan<byte> Take(int count) => pickle.AsSpan((at += count) - count, count);

        int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

        string Line()
        {
            int end = Array.IndexOf(pickle, (byte)'\n', at);
            string line = Encoding.ASCII.GetString(pickle, at, end - at);
            at = end + 1;
            return line;
        }
    }
}
