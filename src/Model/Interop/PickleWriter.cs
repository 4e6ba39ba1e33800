using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Pggan.Model;

/// <summary>
/// Writes values as a Python pickle: null, bool, int, long, double, string, a list, a dictionary by text, and what is nested here. Nothing is
/// remembered: what is written twice is read as two.
/// </summary>
/// <param name="stream">Where to; stays open.</param>
/// <param name="protocol">2 for torch, 4 where there are bytes.</param>
internal sealed class PickleWriter(Stream stream, int protocol)
{
    /// <summary>A class or function by its module and name.</summary>
    internal sealed record Global(string Module, string Name);

    /// <summary>A tuple.</summary>
    internal sealed record Tuple(params object?[] Items);

    /// <summary>What a function gives for such arguments, with a state or with items that it is then given.</summary>
    internal sealed record Call(Global Function, Tuple Arguments, object? State = null, IReadOnlyDictionary<string, object?>? Items = null);

    /// <summary>A new object of a class, made without arguments, and the values of its attributes.</summary>
    internal sealed record Instance(Global Class, IReadOnlyDictionary<string, object?> Attributes);

    /// <summary>What the reader finds elsewhere by this name.</summary>
    internal sealed record Persistent(Tuple Id);

    /// <summary>Bytes, written when their turn comes; protocol 3 and above.</summary>
    internal sealed record Bytes(long Count, Action<Stream> Write);

    /// <summary>Writes a whole pickle of one value.</summary>
    public void WriteAll(object? value)
    {
        Write(PickleOp.Proto);
        stream.WriteByte((byte)protocol);
        Write(value);
        Write(PickleOp.Stop);
    }

    private void Write(object? value)
    {
        switch (value)
        {
            case null:
                Write(PickleOp.None);
                break;
            case bool flag:
                Write(flag ? PickleOp.True : PickleOp.False);
                break;
            case int number:
                WriteInteger(number);
                break;
            case long number:
                WriteInteger(number);
                break;
            case double number:
                Write(PickleOp.BinFloat);
                WriteWith(sizeof(double), bytes => BinaryPrimitives.WriteDoubleBigEndian(bytes, number));
                break;
            case string text:
                byte[] utf8 = Encoding.UTF8.GetBytes(text);
                Write(PickleOp.BinUnicode);
                WriteLength(utf8.Length);
                stream.Write(utf8);
                break;
            case IReadOnlyDictionary<string, object?> entries:
                Write(PickleOp.EmptyDict);
                WriteItems(entries);
                break;
            case IEnumerable<object?> list:
                Write(PickleOp.EmptyList);
                Write(PickleOp.Mark);
                foreach (object? item in list)
                    Write(item);
                Write(PickleOp.Appends);
                break;
            case Tuple tuple:
                WriteTuple(tuple);
                break;
            case Global global:
                Write(PickleOp.Global);
                stream.Write(Encoding.ASCII.GetBytes($"{global.Module}\n{global.Name}\n"));
                break;
            case Call call:
                Write(call.Function);
                WriteTuple(call.Arguments);
                Write(PickleOp.Reduce);
                if (call.Items is not null)
                    WriteItems(call.Items);
                if (call.State is not null)
                {
                    Write(call.State);
                    Write(PickleOp.Build);
                }
                break;
            case Instance instance:
                Write(instance.Class);
                Write(PickleOp.EmptyTuple);
                Write(PickleOp.NewObj);
                Write(instance.Attributes);
                Write(PickleOp.Build);
                break;
            case Persistent persistent:
                WriteTuple(persistent.Id);
                Write(PickleOp.BinPersId);
                break;
            case Bytes bytes:
                WriteBytes(bytes);
                break;
            default:
                throw new ArgumentException($"no pickle is made of {value.GetType()}", nameof(value));
        }
    }

    private void WriteTuple(Tuple tuple)
    {
        if (tuple.Items.Length > 3)
            Write(PickleOp.Mark);
        foreach (object? item in tuple.Items)
            Write(item);
        Write(tuple.Items.Length switch { 0 => PickleOp.EmptyTuple, 1 => PickleOp.Tuple1, 2 => PickleOp.Tuple2, 3 => PickleOp.Tuple3, _ => PickleOp.Tuple });
    }

    private void WriteItems(IReadOnlyDictionary<string, object?> items)
    {
        Write(PickleOp.Mark);
        foreach ((string key, object? item) in items)
        {
            Write(key);
            Write(item);
        }
        Write(PickleOp.SetItems);
    }

    private void WriteInteger(long number)
    {
        if (number is >= byte.MinValue and <= byte.MaxValue)
        {
            Write(PickleOp.BinInt1);
            stream.WriteByte((byte)number);
        }
        else if (number is >= int.MinValue and <= int.MaxValue)
        {
            Write(PickleOp.BinInt);
            WriteLength((int)number);
        }
        else
        {
            byte[] digits = new BigInteger(number).ToByteArray();
            Write(PickleOp.Long1);
            stream.WriteByte((byte)digits.Length);
            stream.Write(digits);
        }
    }

    private void WriteBytes(Bytes bytes)
    {
        if (bytes.Count <= int.MaxValue)
        {
            Write(PickleOp.BinBytes);
            WriteLength((int)bytes.Count);
        }
        else
        {
            Write(PickleOp.BinBytes8);
            WriteWith(sizeof(long), count => BinaryPrimitives.WriteInt64LittleEndian(count, bytes.Count));
        }
        bytes.Write(stream);
    }

    private void WriteLength(int number) => WriteWith(sizeof(int), bytes => BinaryPrimitives.WriteInt32LittleEndian(bytes, number));

    private void WriteWith(int count, Action<byte[]> fill)
    {
        byte[] bytes = new byte[count];
        fill(bytes);
        stream.Write(bytes);
    }

    private void Write(PickleOp operation) => stream.WriteByte((byte)operation);
}
